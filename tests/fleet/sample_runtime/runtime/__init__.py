"""A small application that brings its own database schema up to date when it starts."""
