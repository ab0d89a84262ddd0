"""What programs print, from bytes to records: lines, colours, containers, stack traces; knows no loop and no socket."""
