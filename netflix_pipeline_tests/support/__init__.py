"""What tests of several rooms share; a test imports from no other test."""
