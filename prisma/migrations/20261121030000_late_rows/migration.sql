-- Counted by a delivery node that makes rows of global messages long after their frames: others then look at all that is pending for a
-- while, for such rows have old ids, and a look at what is new does not find them. Outside of transactions, as sequences are.
CREATE SEQUENCE "late_rows_seq" AS BIGINT;
