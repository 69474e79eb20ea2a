#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The request to end the job because of a signal, coded as a number that ranks can add.
struct EndRequest {
    let code: Double
    /// The number of each signal. Each is larger than the sum of all ranks' numbers for the signal below it.
    private static let codes: [(signal: Int32, code: Double)] = [(SIGTERM, 0x1p40), (SIGHUP, 0x1p20), (SIGINT, 1)]

    init(code: Double) { self.code = code }

    /// - Parameter signal: 0 asks for nothing.
    init(signal: Int32 = 0) { code = signal == 0 ? 0 : Self.codes.first(where: { $0.signal == signal })?.code ?? 0 }

    /// The signal that some rank received; nil if none did. SIGTERM comes before SIGHUP, and SIGHUP before SIGINT.
    var signal: Int32? { code == 0 ? nil : Self.codes.first(where: { code >= $0.code })?.signal }
}
