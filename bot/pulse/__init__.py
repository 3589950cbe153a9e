"""What is asked, of whom and when: questions, instruments, schedules and rounds."""
