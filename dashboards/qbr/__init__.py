"""QBRs to look at: the list, the meeting, and the pack one hands to the customer (QB-01..07)."""
