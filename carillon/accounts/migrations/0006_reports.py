"""User groups get the flag Reports; who is in a group becomes a row that the audit can name (the table stays)."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

MEMBERS = [
    migrations.CreateModel(
        name="GroupMember",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="memberships",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "usergroup",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="accounts.usergroup"
                ),
            ),
        ],
        options={
            "verbose_name": "Membership",
            "db_table": "accounts_usergroup_members",
            "ordering": ["pk"],
            "unique_together": {("usergroup", "user")},
        },
    ),
    migrations.AlterField(
        model_name="usergroup",
        name="members",
        field=models.ManyToManyField(
            blank=True, related_name="user_groups", through="accounts.GroupMember", to=settings.AUTH_USER_MODEL
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_user_details"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="usergroup", options={"ordering": ["priority", "pk"], "verbose_name": "User group"}
        ),
        migrations.AddField(
            model_name="usergroup",
            name="reports",
            field=models.BooleanField(default=False, verbose_name="Reports"),
        ),
        # The table of the members is there since 0001 and keeps its rows.
        migrations.SeparateDatabaseAndState(state_operations=MEMBERS),
    ]
