"""Pages of QBRs. Technicians find none; a role that reads no names reads no words that people wrote."""
