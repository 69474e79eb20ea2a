import Synchronization

/// What a process has to say before it ends by a trap, for whoever reports its end: in a release build a trap says
/// nothing.
package enum TrapMessage {
    private static let words = Mutex<String?>(nil)

    package static var spoken: String? { words.withLock { $0 } }

    /// Ends the process.
    package static func trap(_ message: String) -> Never {
        words.withLock { $0 = message }
        fatalError(message)
    }
}
