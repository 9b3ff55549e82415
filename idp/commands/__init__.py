"""The commands of `yihao` that belong to the whole instance, and what every command speaks through (`terminal`)."""
