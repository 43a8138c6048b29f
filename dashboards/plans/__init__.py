"""Account plans and their quarterly internal review, read across the rooms (AP-01..08, RV-04)."""
