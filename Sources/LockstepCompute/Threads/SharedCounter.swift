import CKernels

/// A counter in memory that ranks share: one rank advances it, others wait for it. A rank that has seen it advance also
/// sees what was written before.
package struct SharedCounter: Sendable {
    /// Elements of a buffer for one counter: a cache line of its own.
    package static let stride = FloatBuffer.alignment / MemoryLayout<Float>.stride

    private let buffer: FloatBuffer
    private let offset: Int

    /// - Parameter offset: where it lies in the buffer. The buffer must hold zeros there at first.
    package init(_ buffer: FloatBuffer, at offset: Int) {
        precondition(offset % Self.stride == 0 && offset + Self.stride <= buffer.count, "a counter at \(offset)")
        self.buffer = buffer
        self.offset = offset
    }

    private var counter: UnsafeMutablePointer<ls_counter> {
        UnsafeMutableRawPointer(buffer.pointer + offset).assumingMemoryBound(to: ls_counter.self)
    }

    package var value: UInt32 { ls_counter_read(counter) }

    package func set(_ value: UInt32) { ls_counter_set(counter, value) }

    /// Whether it has reached a value. Counters wrap around.
    package func hasReached(_ value: UInt32) -> Bool { Int32(bitPattern: self.value &- value) >= 0 }

    /// Sleeps until it has reached a value, for at most `microseconds`. It may also return earlier for no reason.
    package func sleep(until value: UInt32, microseconds: UInt32) {
        let seen = self.value
        guard Int32(bitPattern: seen &- value) < 0 else { return }
        ls_counter_sleep(counter, seen, microseconds)
    }
}

/// Tells the core that this thread spins.
package func spinPause() { ls_spin_pause() }
