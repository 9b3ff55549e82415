"""What persons ask for about their own data: corrections, complaints, reports of sign-ins that were not theirs."""
