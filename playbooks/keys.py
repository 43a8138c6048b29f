"""What the playbooks are called in the tables. Pure, so that rules may name them."""

RENEWAL, CAPACITY, UPGRADE, CROSS_SELL, REPLACEMENT = "renewal", "capacity", "upgrade", "cross_sell", "replacement"
RESCUE, RECOVER, GROW = "rescue", "recover", "grow"
TIP = "tip"
LOOP = "close_loop"
QBR = "qbr"
ONBOARDING = "onboarding"
REFERRAL = "referral"
