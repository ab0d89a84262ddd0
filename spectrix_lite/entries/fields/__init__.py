"""What a record of any logger calls its fields: names, levels, values and message templates, in the order in which they
count."""
