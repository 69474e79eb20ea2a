# What the launchers share. They source this file. It needs $root, the repository.

log=''
# A signal also ends a running build, with the status and the line of an interrupted job.
interrupted() {
    trap '' INT TERM HUP QUIT
    kill -TERM %% 2>/dev/null || true
    wait || true
    [ -z "$log" ] || rm -f "$log"
    echo "Interrupted by SIG$1; nothing was saved" >&2
    exit "$2"
}
trap 'interrupted HUP 129' HUP
trap 'interrupted INT 130' INT
trap 'interrupted QUIT 131' QUIT
trap 'interrupted TERM 143' TERM

launcher=$root/.build/release/lockstep-launcher

# build PRODUCT: builds it as a job, so that nothing is left of a build that a signal ends. The launcher's own build is
# at least a process group.
build() {
    local status=0 job=("$launcher")
    [ "$1" != lockstep-launcher ] || job=()
    mkdir -p "$root/.build"
    # Named before it is there: a signal may come while the file is being made.
    log=$root/.build/build-$$.log
    build_once "$1" || status=$?
    # SwiftPM does not make its plan anew if a signal came while it wrote the plan.
    if [ $status -ne 0 ] && grep -q "unable to load build file" "$log"; then
        rm -f "$root/.build/release.yaml"
        status=0
        build_once "$1" || status=$?
    fi
    [ $status -eq 0 ] || cat "$log" >&2
    rm -f "$log"
    log=''
    return $status
}

# build_once PRODUCT: for build, whose variables it takes.
build_once() {
    set -m
    "${job[@]}" swift build --package-path "$root" -c release --product "$1" >"$log" 2>&1 </dev/null &
    set +m
    wait $!
}

# need_launcher: builds the program that runs jobs, if it is missing or old.
need_launcher() {
    [ -x "$launcher" ] && [ -z "$(find "$root/Sources/LockstepLauncher" "$root/Sources/CJob" -newer "$launcher")" ] && return
    build lockstep-launcher && touch "$launcher"
}
