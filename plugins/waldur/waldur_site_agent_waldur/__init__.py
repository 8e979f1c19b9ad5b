"""Federation: an offering of one Waldur, the source, that another one, the target, serves."""
