"""Pages of the registers: what there is, lists, entries, imports with a preview, exports."""
