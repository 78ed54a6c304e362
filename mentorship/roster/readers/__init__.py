"""One reader a kind of file: a table in, typed rows out; what is wrong goes to the file's report."""
