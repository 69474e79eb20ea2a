import Synchronization

/// The message of a process that ends by a trap, for the code that reports its end. In a release build, a trap itself
/// says nothing.
package enum TrapMessage {
    private static let words = Mutex<String?>(nil)

    package static var spoken: String? { words.withLock { $0 } }

    /// Ends the process.
    package static func trap(_ message: String) -> Never {
        words.withLock { $0 = message }
        fatalError(message)
    }
}
