# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """The runtime's place on its host, and where its database is."""

    DOCUMENTATION = r"""
options:
  project_dir:
    description:
      - Directory of the Compose project on the host.
    type: path
    required: true
  services:
    description:
      - Compose services that run the runtime's image.
      - When empty, they are detected, if only one image of the project isn't a supporting one (database, proxy, cache, queue),
        or only one has a database URL in its environment.
    type: list
    elements: str
    default: []
  database:
    description:
      - Where the runtime's Postgres database is.
      - When empty, it is taken from the environment of the runtime's containers. From a database URL in any variable, or in a file that a variable
        such as E(DATABASE_URL_FILE) names; otherwise from E(PGHOST), E(POSTGRES_HOST), E(PACT_BROKER_DATABASE_HOST), or from E(DB_HOST) or
        E(DATABASE_HOST) where an adapter or the port 5432 says that it is Postgres, and what belongs to them. Passwords may come from a file, too
        (E(PGPASSWORD_FILE) and so on).
      - Without a password, that of libpq's password file of Ansible's user on the host is used (E(PGPASSFILE), else C(~/.pgpass)).
    type: dict
    default: {}
    suboptions:
      dsn:
        description:
          - URL of the database, C(postgresql://USER:PASSWORD@HOST:PORT/DATABASE), as the Docker host reaches it.
          - C(sslmode), C(sslrootcert), C(sslcert) and C(sslkey) are as in libpq; the files are on the Docker host.
            With V(verify-full), the name that the server's certificate is for is that in the URL, also where the server is a container of the host.
        type: str
      service:
        description:
          - Compose service of the same project that is the database, with the official image's environment variables or the files that they name
            (E(POSTGRES_PASSWORD_FILE)).
        type: str
      name:
        description:
          - Name of the database, instead of that in O(database.dsn) or in the environment. For O(database.service), the default is the container's
            E(POSTGRES_DB).
        type: str
      user:
        description:
          - User, instead of that in O(database.dsn) or in the environment, whose password then doesn't count. For O(database.service), the default is
            the container's E(POSTGRES_USER).
        type: str
      password:
        description:
          - Password, instead of that in O(database.dsn), in the environment or in the password file. So a credential of AWX can supply it alone.
        type: str
      image:
        description:
          - Image whose C(pg_dump) makes backups. It must not be older than the server.
          - Default is the image of the database's own container when it runs on this host, else C(postgres) of the server's major version.
        type: str
requirements:
  - docker (the Docker SDK for Python) on the host
  - psycopg 3 on the host, when there is a database
  - Docker CLI with the Compose plugin (v2) on the host
"""

    LOOKING = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would return otherwise.
    support: full
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
    details:
      - It changes nothing.
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: full
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
"""

    REGISTRY = r"""
options:
  registry:
    description:
      - Credentials for the registry. Without them, those of the user's Docker configuration on the host are used.
    type: dict
    default: {}
    suboptions:
      username:
        description: User name.
        type: str
      password:
        description: Password or token.
        type: str
"""

    WRITING = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode) and predict the change without making it.
    support: full
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: full
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
"""

    REHEARSING = r"""
options:
  id:
    description: The rehearsal's id.
    type: str
    required: true
  database_id:
    description: The database's identity, as M(ratchet.runtime.postgres_info) tells it.
    type: str
    required: true
  state_dir:
    description: Where the host keeps what it knows of rehearsals.
    type: path
    default: /var/lib/ratchet
"""

    PATIENT = r"""
options:
  patience:
    description:
      - Seconds after which the module returns with RV(under_way) though it isn't finished. The work goes on; run the module again.
      - V(0) waits to the end. The action plugin of the same name sets it, to tell how far it is.
    type: float
    default: 0
  resumes:
    description: The id in RV(under_way) of the call before.
    type: str
    default: ''
"""

    COPYING = r"""
options:
  to:
    description:
      - Directory on the controller, created with mode 0700 if missing. The copy is the directory C(ID) in it (0700, files 0600), and has that
        name only when it is whole. A relative one is meant from where the run was started.
      - The controller is where Ansible runs. In AWX that is the execution environment, which vanishes with the job. Mount a volume there, or
        use O(command).
      - The files come over Ansible's own connection, a few megabytes at a time, with or without C(become); 6 to 9 MB/s over SSH. For
        hundreds of gigabytes, O(command) is faster. An interrupted copy goes on where it was.
      - Exactly one of O(to) and O(command) has to be given.
    type: path
  command:
    description:
      - A command on the host, as a list, that copies the backup to somewhere else. No shell sees it, its standard input is closed, and
        it has as much time as it takes.
      - C({path}) and C({id}) in it are the path and the id of the backup, which are also in the environment, as E(RATCHET_BACKUP_PATH) and
        E(RATCHET_BACKUP_ID).
      - It isn't run when O(check) already finds the whole backup there.
      - Its arguments are shown in the plan. Secrets belong in O(environment).
    type: list
    elements: str
  check:
    description:
      - A command like O(command), needed with it, that prints the SHA-256 of what is over there, as C(sha256sum) does for each file.
        Every file of the backup has to be there with the right one, in one directory, whatever its name. What else is there doesn't matter.
      - Let it read what is there. One that looks at the backup on this host proves nothing.
    type: list
    elements: str
  environment:
    description:
      - Variables added to the environment of O(command) and O(check), such as credentials. Their values are not logged.
    type: dict
    default: {}
"""

    WATCH = r"""
options:
  watch:
    description: What "well" means, and how long it is waited for.
    type: dict
    default: {}
    suboptions:
      url:
        description: Health URL as the host reaches it; the profile's when empty.
        type: str
        default: ''
      expect:
        description: What status and JSON body must say.
        type: dict
        default: {}
        suboptions:
          status:
            description: HTTP status, 200 if nothing else is said.
            type: int
          json:
            description: What the JSON body must contain. A value C({version}) stands for the version that the run goes to.
            type: dict
      monitor:
        description: Seconds that good must stay good.
        type: float
      stall_timeout:
        description: Seconds without any progress before a watch gives up.
        type: float
        default: 600
"""

    PROGRESS = r"""
options:
  progress:
    description: Where progress goes for machines, to say in time what is wrong with that.
    type: dict
    default: {}
    suboptions:
      file:
        description: A file on the controller.
        type: str
        default: ''
      webhook:
        description: C(url), C(headers) and C(events) of a webhook.
        type: raw
"""

    DATABASE = r"""
options:
  database:
    description: Where the database is, as in M(ratchet.runtime.postgres_info).
    type: dict
    default: {}
    suboptions:
      dsn:
        description: URL of the database.
        type: str
      service:
        description: Compose service that is the database.
        type: str
      name:
        description: Name of the database.
        type: str
      user:
        description: Database user.
        type: str
      password:
        description: Password of that user.
        type: str
      image:
        description: Not used here.
        type: str
"""
