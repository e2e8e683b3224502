-- The baseline's chat tables: columns, defaults, checks and indexes of the
-- program's own, so that a message costs Postgres the same. They are apart from
-- them because the program's outbox is read by its own relay.
DROP SCHEMA IF EXISTS bench_chat CASCADE;

CREATE SCHEMA bench_chat;

CREATE TABLE bench_chat.rooms (LIKE athena.chat_rooms INCLUDING ALL) WITH (fillfactor = 70);
CREATE TABLE bench_chat.messages (LIKE athena.chat_messages INCLUDING ALL);
CREATE TABLE bench_chat.outbox (LIKE athena.chat_outbox INCLUDING ALL);
CREATE TABLE bench_chat.attachments (LIKE athena.chat_message_attachments INCLUDING ALL);
CREATE TABLE bench_chat.reactions (LIKE athena.chat_message_reactions INCLUDING ALL);
