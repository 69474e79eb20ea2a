#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Holds up the signals that ask a program to end, SIGTERM, SIGINT, and SIGUSR1, which mpirun passes on to its ranks, while there is somebody who
/// ends it well. The second one of a kind ends it at once, as it would without this.
final class Termination {
    private var previous: [(signal: Int32, action: sigaction)] = []

    /// What was received so far.
    var request: EndRequest { EndRequest(signal: receivedSignal.pointee) }

    init() {
        receivedSignal.pointee = 0
        for number in [SIGTERM, SIGINT, SIGUSR1] {
            var (action, before) = (sigaction(), sigaction())
            #if canImport(Glibc)
                action.__sigaction_handler.sa_handler = note
            #else
                action.__sigaction_u.__sa_handler = note
            #endif
            action.sa_flags = Int32(SA_RESTART) | Int32(truncatingIfNeeded: SA_RESETHAND)
            sigaction(number, &action, &before)
            previous.append((number, before))
        }
    }

    deinit { for (number, action) in previous { _ = withUnsafePointer(to: action) { sigaction(number, $0, nil) } } }
}

/// What a handler may touch: memory that is always there.
nonisolated(unsafe) private let receivedSignal = {
    let place = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    place.initialize(to: 0)
    return place
}()

private func note(_ signal: Int32) { receivedSignal.pointee = signal }

/// That a job is to end because of a signal, as a number that ranks add up.
struct EndRequest {
    let code: Double
    /// More than there are ranks.
    private static let terminate = 0x1p32

    init(code: Double) { self.code = code }

    /// - Parameter signal: 0 asks for nothing.
    init(signal: Int32 = 0) { code = signal == 0 ? 0 : signal == SIGINT ? 1 : Self.terminate }

    /// What some rank received: SIGTERM before SIGINT; nil if none did.
    var signal: Int32? { code == 0 ? nil : code >= Self.terminate ? SIGTERM : SIGINT }
}
