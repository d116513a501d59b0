"""The pages: each is a function of the questions it asks and the filters in its address."""
