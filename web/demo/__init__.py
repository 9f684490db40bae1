"""The demo state: sixteen societies that do not exist, made by a seeded generator and imported
through the same code as real files. Private keys live on the client's side only (`clients`)."""
