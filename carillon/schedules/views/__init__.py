"""The screens of Schedules, one file per noun."""
