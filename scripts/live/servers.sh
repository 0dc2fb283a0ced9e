# shellcheck shell=bash
# The programs that clients talk to, in the server's namespace. Sourced after topology.sh.

readonly echo_port=7 site=www.holdfast.test         # a name reserved for tests (RFC 6761)

start_servers() {
    head -c 1024 /dev/urandom > "$web/small"
    nginx_configuration > "$work/nginx.conf"
    inside server nginx -e "$work/nginx.log" -c "$work/nginx.conf" &
    inside server socat "TCP-LISTEN:$echo_port,reuseaddr,fork,nodelay" PIPE 2> "$work/socat.log" &
    inside server dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file --no-hosts --no-resolv \
        --log-facility="$work/dnsmasq.out" --local=/holdfast.test/ --host-record="$site,$server4,$server6" &
    await 5 nginx inside server curl -sfo /dev/null http://127.0.0.1/small
    await 5 dnsmasq inside server dig +short +tries=1 +time=1 @127.0.0.1 "$site"
    await 5 "the echo server" listens "$echo_port"
}

# serve_iperf3 REPORT: one test.
serve_iperf3() {
    inside server iperf3 --server --one-off --json --interval 0.1 > "$1" 2>> "$work/iperf-server.log" &
    await 5 iperf3 listens 5201
}

listens() { inside server ss -Htln "sport = :$1" | grep -q .; }

# big_file MEBIBYTES: what is downloaded; sets its checksum.
big_file() {
    head -c "$(($1 * 1024 * 1024))" /dev/urandom > "$web/big"
    big_sha256=$(sha256sum < "$web/big" | cut -d ' ' -f 1)
}

nginx_configuration() {
    cat <<END
daemon off;
user root;
worker_processes 1;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 128; }
http {
    access_log off;
    server_tokens off;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    server {
        listen 80;
        listen [::]:80;
        root $web;
        # Smoothly, 16 KiB every 4 or 8 ms: curl's own limit pauses for seconds.
        sendfile off;
        output_buffers 1 16k;
        location = /big { limit_rate 4000k; }
        location = /big6 { limit_rate 2000k; alias $web/big; }
    }
}
END
}
