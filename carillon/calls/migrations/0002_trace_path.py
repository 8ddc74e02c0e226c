from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial")]

    operations = [
        migrations.AddField("decisiontrace", "called", models.CharField(blank=True, max_length=60, default="")),
        migrations.AddField("decisiontrace", "path", models.TextField(blank=True, default="")),
        migrations.AddField("decisiontrace", "passed", models.JSONField(default=list)),
        migrations.AddField("decisiontrace", "hungup", models.BooleanField(null=True)),
        migrations.AlterField("decisiontrace", "called", models.CharField(blank=True, max_length=60)),
        migrations.AlterField("decisiontrace", "path", models.TextField(blank=True)),
    ]
