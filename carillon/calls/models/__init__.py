"""The rows of the room of calls, one noun a file."""

from __future__ import annotations

from carillon.calls.models.call import Call as Call
from carillon.calls.models.call import CallPerson as CallPerson
from carillon.calls.models.call import DecisionTrace as DecisionTrace
from carillon.calls.models.case import Case as Case
from carillon.calls.models.live import LiveCall as LiveCall
from carillon.calls.models.live import LiveWatch as LiveWatch
from carillon.calls.models.live import Registration as Registration
from carillon.calls.models.trial import Trial as Trial
from carillon.calls.models.trial import TrialStep as TrialStep
