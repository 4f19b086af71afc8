"""Training: sessions with places, who was there, and the certificate that a pass gives."""
