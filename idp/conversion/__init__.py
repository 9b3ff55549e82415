"""Old codes of organisations turned into unified ones (存量转换): files read in, and a queue of what people must decide."""
