from django.db import migrations, models

# The readings out of the explanations that were stored until now; both say the same.
_KEEP = """
UPDATE health_score s SET may_be = COALESCE(s.explanation ->> 'may_be', ''), readings = COALESCE((
    SELECT jsonb_object_agg(m ->> 'key', jsonb_build_array(m -> 'value', m -> 'on', m -> 'n'))
    FROM jsonb_array_elements(s.explanation -> 'dimensions') d, jsonb_array_elements(d -> 'measures') m
    WHERE m ->> 'value' IS NOT NULL
), '{}')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('health', '0002_score_due'),
    ]

    operations = [
        migrations.AddField(
            model_name='score',
            name='may_be',
            field=models.CharField(blank=True, choices=[('green', 'Green'), ('yellow', 'Yellow'), ('red', 'Red'), ('unknown', 'Unknown')], default='', max_length=8),
        ),
        migrations.AddField(
            model_name='score',
            name='readings',
            field=models.JSONField(default=dict),
        ),
        migrations.RunSQL(_KEEP, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name='score',
            name='explanation',
        ),
    ]
