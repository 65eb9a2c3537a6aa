"""What is kept, and its formats: ciphertext, hashes, days and counts."""
