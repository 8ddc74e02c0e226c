"""SIP phones: each has its own endpoint name and secret, both random, and stands at a site."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization, User
from carillon.devices.vault import new_endpoint_name, new_secret, seal
from carillon.numbers.models import Site


class SipDevice(models.Model):
    """A phone. A user may have several; all of them ring."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="sip_devices")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="sip_devices")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="sip_devices")
    description = models.CharField(_("Description"), max_length=120, blank=True)
    #: Also the SIP user name: random, unique on the platform, never an extension.
    endpoint = models.CharField(max_length=40, unique=True, default=new_endpoint_name)
    #: The SIP password, encrypted by devices/vault.py.
    secret = models.TextField()

    #: The password leaves only towards the phone; one that is brought back gets a new one.
    audit_hidden = {"secret": lambda: seal(new_secret())}

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.description or self.endpoint
