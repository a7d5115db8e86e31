//! What the tests share: programs started and stopped, signed posts, a client of the feed.
