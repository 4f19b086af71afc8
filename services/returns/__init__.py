"""The monthly return: a region's figures at a watermark, signed; later changes as corrections."""
