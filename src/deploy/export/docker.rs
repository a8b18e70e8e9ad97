//! Export `docker`: everything to serve the bundle in a container.

use pg_base::t;

use super::{ExportFile, ExportFormat};

pub(super) static FORMAT: ExportFormat = ExportFormat {
    id: "docker",
    title: t("Docker", "Docker"),
    summary: t(
        "A Dockerfile and a compose file that serve the bundle; the program itself is put beside them.",
        "用于在容器中提供服务的 Dockerfile 和 compose 文件；程序本身需放在同一文件夹。",
    ),
    files: |bundle| {
        Ok(vec![
            ExportFile::new("Dockerfile", DOCKERFILE),
            ExportFile::new("compose.yaml", COMPOSE),
            ExportFile::new(".dockerignore", "*\n!pyrograph\n!model.pyromodel\n"),
            ExportFile::new("model.pyromodel", bundle.to_bytes()?),
            ExportFile::new("README.md", README),
        ])
    },
};

const DOCKERFILE: &str = "\
FROM debian:trixie-slim
COPY --chmod=0755 pyrograph /usr/local/bin/pyrograph
COPY --chmod=0444 model.pyromodel /model.pyromodel
USER 10001:10001
EXPOSE 8080
ENTRYPOINT [\"/usr/local/bin/pyrograph\"]
CMD [\"serve\", \"/model.pyromodel\", \"--addr\", \"0.0.0.0:8080\"]
";

const COMPOSE: &str = "\
services:
  model:
    build: .
    ports:
      - \"127.0.0.1:8080:8080\"
    environment:
      PYROGRAPH_TOKEN: ${PYROGRAPH_TOKEN:?set it to a random text of at least 16 characters}
    read_only: true
    tmpfs:
      - /tmp
    cap_drop:
      - ALL
    security_opt:
      - no-new-privileges:true
    restart: unless-stopped
";

const README: &str = "\
# Serve this model in a container

1. Build the program without window and CUDA on Linux with the same glibc as Debian 13 or an older one:
   `cargo build --release --no-default-features`, and copy `target/release/pyrograph` into this folder.
2. Choose a token: `export PYROGRAPH_TOKEN=$(openssl rand -base64 32)`.
3. `docker compose up --build`.
4. Open http://127.0.0.1:8080/ or ask it:

```sh
curl http://127.0.0.1:8080/metadata -H \"Authorization: Bearer $PYROGRAPH_TOKEN\"
```

The port is published on this machine only.
To reach it from others, put a reverse proxy with TLS before it.
`/health` answers without the token.

---

# 在容器中提供此模型的服务

1. 在 glibc 不高于 Debian 13 的 Linux 上构建不含窗口和 CUDA 的程序：
   `cargo build --release --no-default-features`，并将 `target/release/pyrograph` 复制到此文件夹。
2. 设置令牌：`export PYROGRAPH_TOKEN=$(openssl rand -base64 32)`。
3. 运行 `docker compose up --build`。
4. 打开 http://127.0.0.1:8080/。

端口仅对本机开放；如需从其他机器访问，请在前面放置带 TLS 的反向代理。
";
