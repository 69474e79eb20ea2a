#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// That a job is to end because of a signal, as a number that ranks add up.
struct EndRequest {
    let code: Double
    /// What a rank adds for each signal, each more than all ranks can add for the one before.
    private static let codes: [(signal: Int32, code: Double)] = [(SIGTERM, 0x1p40), (SIGHUP, 0x1p20), (SIGINT, 1)]

    init(code: Double) { self.code = code }

    /// - Parameter signal: 0 asks for nothing.
    init(signal: Int32 = 0) { code = signal == 0 ? 0 : Self.codes.first(where: { $0.signal == signal })?.code ?? 0 }

    /// What some rank received: SIGTERM before SIGHUP before SIGINT; nil if none did.
    var signal: Int32? { code == 0 ? nil : Self.codes.first(where: { code >= $0.code })?.signal }
}
