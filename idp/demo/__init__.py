"""The demo instance behind `make run`: invented people, two department applications, one command."""
