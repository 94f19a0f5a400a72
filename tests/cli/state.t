The state is recognised, or refused as it is.

The original's database is left alone.

  $ mkdir state && python3 -c "
  > import sqlite3; d = sqlite3.connect('state/smo.db')
  > for t in ('cluster', 'graph', 'service'): d.execute(f'CREATE TABLE {t} (id INTEGER PRIMARY KEY, name VARCHAR)')
  > d.commit()" && cksum < state/smo.db > before
  $ smo graph list
  ERROR: '$T/state/smo.db' is a database of the original SMO and is left as it is
  hint: Set SMO_DIR (or --dir) to another directory, or db.url to another file, and run init there.
  [4]
  $ smo init
  ERROR: '$T/state/smo.db' is a database of the original SMO and is left as it is
  hint: Set SMO_DIR (or --dir) to another directory, or db.url to another file, and run init there.
  [4]
  $ cksum < state/smo.db | cmp - before

Something else altogether.

  $ echo 'this is text, and quite a lot of it, so that it cannot be an empty database' > state/smo.db
  $ smo graph list
  ERROR: '$T/state/smo.db' is not a database
  hint: Move it away and run init, or point db.url elsewhere.
  [1]
  $ rm state/smo.db && mkdir state/smo.db
  $ smo graph list
  ERROR: '$T/state/smo.db' is not a regular file
  [2]
  $ rmdir state/smo.db && : > state/smo.db
  $ smo graph list
  ERROR: the state '$T/state/smo.db' is empty
  hint: Run `smo init` first, or `smo init --sim` to try it on a simulated federation.
  [3]
  $ smo init
  SUCCESS: Initialization complete.
  $ smo graph list
  No graphs found.

A state that an older program made is brought up to date.

  $ python3 -c "
  > import sqlite3; d = sqlite3.connect('state/smo.db')
  > d.execute('ALTER TABLE service DROP COLUMN scaling'); d.execute('ALTER TABLE graph DROP COLUMN conditions')
  > d.execute('ALTER TABLE graph DROP COLUMN cluster_scoped'); d.execute('ALTER TABLE graph DROP COLUMN places')
  > d.execute('UPDATE smo_meta SET value = 1 WHERE key = \'version\''); d.commit()"
  $ smo graph list
  No graphs found.
  $ python3 -c "
  > import sqlite3; d = sqlite3.connect('state/smo.db')
  > print(d.execute('SELECT value FROM smo_meta WHERE key = \'version\'').fetchone()[0])
  > print([r[1] for r in d.execute('PRAGMA table_info(service)')][-1])"
  5
  scaling

A newer program was here.

  $ python3 -c "
  > import sqlite3; d = sqlite3.connect('state/smo.db')
  > d.execute('UPDATE smo_meta SET value = 99 WHERE key = \'version\''); d.commit()"
  $ smo graph list
  ERROR: the state '$T/state/smo.db' was written by a newer SMO (version 99, this one knows 5)
  hint: Use that SMO, or another SMO_DIR.
  [4]
