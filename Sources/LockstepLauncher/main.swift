#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

// Runs a command as a job, which ends as a whole and leaves nothing behind. Called by launch/run and launch/mpirun.
//
//     lockstep-launcher [--max-restarts N] COMMAND [ARGUMENTS…]

var arguments = Array(CommandLine.arguments.dropFirst())
var restarts = 0
if arguments.first == "--max-restarts" {
    restarts = arguments.count > 1 ? Int(arguments[1]) ?? -1 : -1
    arguments.removeFirst(min(2, arguments.count))
}
guard let program = arguments.first, restarts >= 0 else {
    say("usage: lockstep-launcher [--max-restarts N] COMMAND [ARGUMENTS…]")
    exit(2)
}
let command: any Command = program.split(separator: "/").last == "mpirun" ? Mpirun(arguments) : Program(arguments)
let signals = Signals()
for restart in 1... {
    let supervision = Supervision(of: command, signals)
    let status = supervision.perform()
    // 2 and 64: wrong usage. From 129 on: SIGHUP, SIGINT, SIGQUIT and SIGTERM.
    let isFinal = [0, 2, 64, 129, 130, 131, 143].contains(status) || supervision.wasAsked || restart > restarts
    guard !isFinal else { exit(status) }
    say("launch/run: the job ended with status \(status); restart \(restart) of \(restarts)")
    setenv("LOCKSTEP_RESUME", "1", 1)
}

/// Writes a line to standard error.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}
