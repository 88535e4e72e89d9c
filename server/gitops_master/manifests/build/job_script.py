"""What a verification's Job runs: one script for all Jobs, which takes what to check from its environment.

POSIX sh with curl, grep, tr, cut, sed and date, as in images of curl that are made on Alpine. No kubectl: nothing is run in other
Pods. Nothing from the environment is read as a command, an option or a pattern. Nothing is written, so the file system can be
read-only. It must not hold two opening braces in a row, which Argo Rollouts takes for an argument.

CHECKS: one a line: `http URL [text of the answer]`, `dns HOST`, `tcp HOST:PORT`, `pods NAMESPACE`. TIMES: how often in a row all
have to hold, PAUSE_S seconds apart, before PATIENCE_S seconds are over.
"""

SCRIPT = r"""set -u
newline='
'

flat() { printf '%s' "$1" | tr '\n\r\t' '   ' | cut -c1-300; }

fetch() {
  curl --silent --show-error --globoff --proto '=http,https' --max-time 10 --max-filesize 10000000 \
    --write-out '\n%{http_code}' "$@" 2>&1
}

# Redirects are not followed: the answer of a login page proves nothing.
judge() { # name of the check, curl's exit code, its output, text that the answer has to hold
  code=${3##*"$newline"}
  body=${3%"$newline"*}
  if [ "$2" -ne 0 ]; then echo "no $1: $(flat "$body")"; return 1; fi
  case $code in 2??) ;; *) echo "no $1: status $code"; return 1 ;; esac
  case $body in *"$4"*) ;; *) echo "no $1: status $code, without the text $4"; return 1 ;; esac
}

check_http() {
  case $1 in http://* | https://*) ;; *) echo "no http $1: not an http(s) URL"; return ;; esac
  answer=$(fetch --url "$1")
  judge "http $1" "$?" "$answer" "$2" && echo "ok http $1"
}

# Whether anything listens on the port does not matter: the time until the name was found is 0 where it was not.
check_dns() {
  took=$(curl --silent --max-time 10 --write-out '%{time_namelookup}' "telnet://$1:1" </dev/null 2>/dev/null)
  case $took in '' | 0 | 0.000000) echo "no dns $1: no address"; return ;; esac
  echo "ok dns $1"
}

# Connects and sends nothing, so that it suits databases too.
check_tcp() {
  took=$(curl --silent --max-time 3 --write-out '%{time_connect}' "telnet://$1" </dev/null 2>/dev/null | tail -n 1)
  case $took in '' | 0 | 0.000000) echo "no tcp $1: no connection"; return ;; esac
  echo "ok tcp $1"
}

# The table that kubectl shows: of each Pod its name, how many containers are ready, its status.
check_pods() {
  answer=$(printf 'header = "Authorization: Bearer %s"\n' "$(cat "$ACCOUNT/token")" | fetch --config - \
    --cacert "$ACCOUNT/ca.crt" --header 'Accept: application/json;as=Table;v=v1;g=meta.k8s.io' \
    --url "$API/api/v1/namespaces/$1/pods?includeObject=None&pretty=false")
  judge "pods $1" "$?" "$answer" '"kind":"Table"' || return
  rows=$(printf '%s' "$body" | grep -o '"cells":\["[^"]*","[0-9]*/[0-9]*","[^"]*"')
  found=$(printf '%s\n' "$rows" | while IFS='"' read -r _ _ _ pod _ ready _ status _; do
    case $status in
      Completed | Succeeded | Terminating | '') ;;
      Running) if [ "${ready%/*}" = "${ready#*/}" ]; then echo ready; else echo "bad $pod $ready"; fi ;;
      *) echo "bad $pod $status" ;;
    esac
  done)
  bad=$(printf '%s\n' "$found" | sed -n 's/^bad //p')
  if [ -n "$bad" ]; then echo "no pods $1: $(flat "$bad")"; return; fi
  case $found in ready*) echo "ok pods $1" ;; *) echo "no pods $1: none is running" ;; esac
}

look() {
  while read -r kind target text; do
    case $kind in
      '') ;;
      http) check_http "$target" "$text" ;;
      dns) check_dns "$target" ;;
      tcp) check_tcp "$target" ;;
      pods) check_pods "$target" ;;
      *) echo "no $kind: no such check" ;;
    esac
  done
}

if ! command -v curl >/dev/null; then echo 'this image has no curl: name another' >&2; exit 2; fi
wanted=$(printf '%s\n' "$CHECKS" | grep -c '[^ ]')
if [ "$wanted" -eq 0 ]; then echo 'there is nothing to check' >&2; exit 2; fi
end=$(($(date +%s) + PATIENCE_S))
held=0
while :; do
  seen=$(printf '%s\n' "$CHECKS" | look)
  # As many as there are checks: what was not checked has not passed.
  if [ "$(printf '%s\n' "$seen" | grep -c '^ok ')" -eq "$wanted" ]; then held=$((held + 1)); else held=0; fi
  if [ "$held" -ge "$TIMES" ]; then printf '%s\n' "$seen"; exit 0; fi
  if [ "$(date +%s)" -ge "$end" ]; then break; fi
  sleep "$PAUSE_S"
done
# What the Pod says last becomes its termination message.
echo "not $TIMES times in a row in order within $PATIENCE_S s; the last time:" >&2
printf '%s\n' "$seen" >&2
exit 1
"""
