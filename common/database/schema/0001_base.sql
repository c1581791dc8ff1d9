-- Cadre, schema version 1. Facts are appended and never changed (broker/store/SCHEMA.md). Statements are separated by
-- lines that hold only the mark below, because trigger bodies contain semicolons.

CREATE TABLE cluster (
  only_row       TINYINT UNSIGNED NOT NULL PRIMARY KEY CHECK (only_row = 1),
  id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  schema_version INT UNSIGNED NOT NULL,
  service_time   BIGINT NOT NULL DEFAULT 0,      -- microseconds of service: the service clock
  service_seen   DATETIME(6) NULL,               -- the server's clock when it last moved
  made           DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
CREATE TABLE lease (
  resource   VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  holder     VARCHAR(255) NOT NULL DEFAULT '',
  epoch      BIGINT UNSIGNED NOT NULL DEFAULT 0, -- grows at every grant
  renewals   BIGINT UNSIGNED NOT NULL DEFAULT 0, -- grows at every grant and renewal
  expires_at DATETIME(6) NOT NULL DEFAULT '1970-01-02 00:00:00',
  asked      BIGINT NOT NULL DEFAULT 0           -- a person wants a turn of this duty with this epoch or a later one
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
-- A turn of clean-up needs two rows at once: that of its duty, and one of the places of which there are as many as turns
-- may be open in the cluster (cleanup.turns_max). 'cleanup/files/NODE' is added when a node is first seen.
INSERT INTO lease (resource) VALUES ('broker'), ('cleanup/records'),
  ('cleanup/place/1'), ('cleanup/place/2'), ('cleanup/place/3'), ('cleanup/place/4'),
  ('cleanup/place/5'), ('cleanup/place/6'), ('cleanup/place/7'), ('cleanup/place/8')
--;;
CREATE TABLE job (
  id            BIGINT UNSIGNED NOT NULL PRIMARY KEY,  -- epoch (24 bits) above sequence (40 bits)
  client        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  submit_key    VARCHAR(200) NOT NULL,
  engine        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  queue         VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  batch         VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  priority      TINYINT NOT NULL,
  attempts_max  SMALLINT UNSIGNED NOT NULL,
  backoff       BIGINT NOT NULL,                 -- durations and wall times in microseconds; 0: none
  time_limit    BIGINT NOT NULL,
  stall_limit   BIGINT NOT NULL,
  memory_limit  BIGINT UNSIGNED NOT NULL,        -- bytes
  not_before    BIGINT NOT NULL,
  not_after     BIGINT NOT NULL,
  retry_of      BIGINT UNSIGNED NOT NULL,        -- 0: none
  accepted_at   BIGINT NOT NULL,                 -- service time
  accepted_wall BIGINT NOT NULL,
  first_node    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,  -- attempt 1, where it came with the accept
  first_session BIGINT UNSIGNED NOT NULL,
  digest        BINARY(16) NOT NULL,
  payload_bytes INT UNSIGNED NOT NULL,
  payload_blob  BIGINT UNSIGNED NOT NULL,        -- 0: the payload stands here; else in the chunks of this blob
  params        MEDIUMBLOB NOT NULL,
  payload       LONGBLOB NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
CREATE TABLE attempt (
  job_id  BIGINT UNSIGNED NOT NULL,
  number  INT UNSIGNED NOT NULL,
  node    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  session BIGINT UNSIGNED NOT NULL,
  at      BIGINT NOT NULL,
  wall    BIGINT NOT NULL,
  PRIMARY KEY (job_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
CREATE TABLE attempt_end (
  job_id      BIGINT UNSIGNED NOT NULL,
  number      INT UNSIGNED NOT NULL,
  kind        TINYINT UNSIGNED NOT NULL,         -- numbers of common/protocol/message.hpp: EndKind
  cause       TINYINT UNSIGNED NOT NULL,         -- Cause
  code        INT NOT NULL,
  message     TEXT NOT NULL,
  node        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  started     BIGINT NOT NULL,
  ended       BIGINT NOT NULL,
  peak_memory BIGINT UNSIGNED NOT NULL,
  cpu         BIGINT NOT NULL,
  stderr      MEDIUMBLOB NOT NULL,
  retry_after BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  wall        BIGINT NOT NULL,
  PRIMARY KEY (job_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
CREATE TABLE outcome (
  job_id      BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  state       TINYINT UNSIGNED NOT NULL,         -- JobState: 3 done, 4 dead, 5 cancelled
  reason      TINYINT UNSIGNED NOT NULL,         -- Reason
  attempt     INT UNSIGNED NOT NULL,             -- 0: it ended without one
  node        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  cause       TINYINT UNSIGNED NOT NULL,
  code        INT NOT NULL,
  message     TEXT NOT NULL,
  started     BIGINT NOT NULL,
  ended       BIGINT NOT NULL,
  peak_memory BIGINT UNSIGNED NOT NULL,
  cpu         BIGINT NOT NULL,
  stderr      MEDIUMBLOB NOT NULL,
  files       TEXT NOT NULL,                     -- the result's files: "NAME SIZE" a line, in the order of their bytes
  result_blob BIGINT UNSIGNED NOT NULL,          -- 0: the bytes stand here; else in the chunks of this blob
  result      LONGBLOB NOT NULL,
  at          BIGINT NOT NULL,
  wall        BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
-- Large payloads and results are written ahead of the job or outcome that names them, so that no small row waits behind
-- them. For whom, so that those that nothing came to name can be found: a submit key, or an attempt.
CREATE TABLE blob_owner (
  id         BIGINT UNSIGNED NOT NULL PRIMARY KEY,     -- epoch (24 bits) above sequence (40 bits)
  client     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  submit_key VARCHAR(200) NOT NULL,
  job_id     BIGINT UNSIGNED NOT NULL,
  attempt    INT UNSIGNED NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
CREATE TABLE blob_chunk (
  blob_id BIGINT UNSIGNED NOT NULL,
  number  INT UNSIGNED NOT NULL,
  bytes   MEDIUMBLOB NOT NULL,
  PRIMARY KEY (blob_id, number)
) ENGINE=InnoDB
--;;
-- The few among the many: so that lists of dead and cancelled jobs never scan.
CREATE TABLE outcome_rare (
  state  TINYINT UNSIGNED NOT NULL,
  job_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (state, job_id)
) ENGINE=InnoDB
--;;
CREATE TABLE retried (
  old_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  new_id BIGINT UNSIGNED NOT NULL
) ENGINE=InnoDB
--;;
-- The ids of a batch, as runs; a run is what one transaction brought.
CREATE TABLE batch_range (
  batch    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  first_id BIGINT UNSIGNED NOT NULL,
  last_id  BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (batch, first_id)
) ENGINE=InnoDB
--;;
-- Blocks of 1,024 ids in which a job of this queue is, so that a list of a queue with few jobs does not read all others.
CREATE TABLE queue_block (
  queue VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  block BIGINT UNSIGNED NOT NULL,                -- job id / 1024
  PRIMARY KEY (queue, block)
) ENGINE=InnoDB
--;;
-- Jobs that a person wants kept for ever, whatever the retention. A wish, not a fact: it may be taken back.
CREATE TABLE kept (
  job_id  BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  by_whom VARCHAR(64) NOT NULL,
  wall    BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
-- How long what is kept, and when clean-up is due: written by the broker from the master's file, read by whoever cleans.
CREATE TABLE cleanup_policy (
  only_row TINYINT UNSIGNED NOT NULL PRIMARY KEY CHECK (only_row = 1),
  policy   MEDIUMTEXT NOT NULL,                  -- JSON
  wall     BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
-- Nodes that could purge records, and whether they take that for their part; renewed while they live. Two that are fresh
-- and take themselves for the database's host: neither purges. Who is on the same machine as the server tells how much room
-- its volume has.
CREATE TABLE cleanup_claim (
  node   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  claims BOOLEAN NOT NULL,
  why    TEXT NOT NULL,
  seen   DATETIME(6) NOT NULL,                   -- the server's clock
  directory VARCHAR(4096) NOT NULL DEFAULT '',   -- of the server, on its volume with the least room
  free   BIGINT UNSIGNED NOT NULL DEFAULT 0,     -- bytes
  total  BIGINT UNSIGNED NOT NULL DEFAULT 0      -- 0: this node does not see it
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
-- How much waits in the cluster, for a purge on another machine than the broker's.
CREATE TABLE cleanup_load (
  only_row   TINYINT UNSIGNED NOT NULL PRIMARY KEY CHECK (only_row = 1),
  waiting    BIGINT UNSIGNED NOT NULL,           -- jobs
  oldest_age BIGINT NOT NULL,                    -- microseconds that the oldest of them has waited
  seen       DATETIME(6) NOT NULL                -- the server's clock
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
-- What the turns of clean-up did. One row a turn, written when it begins and again as it goes on: a row without an end
-- whose lease is over tells of a turn that was cut short.
CREATE TABLE cleanup_run (
  duty   VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,  -- the lease's resource
  epoch  BIGINT UNSIGNED NOT NULL,               -- the lease's
  node   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  holder VARCHAR(255) NOT NULL,
  began  BIGINT NOT NULL,                        -- wall time
  ended  BIGINT NOT NULL,                        -- wall time; 0: not yet
  ok     BOOLEAN NOT NULL,                       -- it came to its end; else the duty is due again
  at     BIGINT NOT NULL,                        -- service time of the beginning
  detail MEDIUMTEXT NOT NULL,                    -- JSON: what was removed, by class; what went wrong
  PRIMARY KEY (duty, epoch)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
-- A backup was restored here: ids above `upto` of terms below `below` were given out after it was made, and are not here.
CREATE TABLE restored (
  upto  BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  below BIGINT UNSIGNED NOT NULL,                -- an epoch of the broker's lease
  at    DATETIME(6) NOT NULL
) ENGINE=InnoDB
--;;
-- Attempts at such jobs, as nodes told of them.
CREATE TABLE missing (
  job_id BIGINT UNSIGNED NOT NULL,
  number INT UNSIGNED NOT NULL,
  node   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind   TINYINT UNSIGNED NOT NULL,              -- EndKind; 255: it was still running
  wall   BIGINT NOT NULL,
  PRIMARY KEY (job_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
CREATE TABLE submit_key (
  client     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  submit_key VARCHAR(200) NOT NULL,
  job_id     BIGINT UNSIGNED NOT NULL,
  digest     BINARY(16) NOT NULL,
  at         BIGINT NOT NULL,                    -- service time of the accept: the key may outlive its job
  PRIMARY KEY (client, submit_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
CREATE TABLE checkpoint (
  upto BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  open LONGBLOB NOT NULL,                        -- pairs of big-endian 64-bit ids: first and last of each run
  at   BIGINT NOT NULL
) ENGINE=InnoDB
--;;
CREATE TABLE node (
  name     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  cordoned BOOLEAN NOT NULL
) ENGINE=InnoDB
--;;
CREATE TABLE node_key (
  public_key CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,  -- Z85
  name       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role       TINYINT UNSIGNED NOT NULL,          -- Role: 0 client, 1 worker, 2 admin, 3 join
  revoked    BOOLEAN NOT NULL,
  by_whom    VARCHAR(64) NOT NULL,
  wall       BIGINT NOT NULL,
  not_after  BIGINT NOT NULL DEFAULT 0           -- of a ticket: microseconds since 1970; 0: for good
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
--;;
CREATE TRIGGER job_is_a_fact BEFORE UPDATE ON job FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a job is a fact and is never changed'
--;;
CREATE TRIGGER attempt_is_a_fact BEFORE UPDATE ON attempt FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an attempt is a fact and is never changed'
--;;
CREATE TRIGGER attempt_end_is_a_fact BEFORE UPDATE ON attempt_end FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the end of an attempt is a fact and is never changed'
--;;
CREATE TRIGGER blob_is_a_fact BEFORE UPDATE ON blob_chunk FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a payload or result is a fact and is never changed'
--;;
CREATE TRIGGER outcome_is_a_fact BEFORE UPDATE ON outcome FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an outcome is a fact and is never changed'
--;;
CREATE TRIGGER open_jobs_stay BEFORE DELETE ON job FOR EACH ROW
BEGIN
  IF NOT EXISTS (SELECT 1 FROM outcome WHERE job_id = OLD.id) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an open job is never deleted';
  END IF;
END
