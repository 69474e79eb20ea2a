import CKernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Owns a run of floats, aligned to 64 bytes: a cache line, and the widest vector.
///
/// Sendable because a buffer is shared on purpose, by the threads of a crew and by tensors that view it; whoever writes
/// a part must be the only one to touch it at that time.
package final class FloatBuffer: @unchecked Sendable {
    package static let alignment = 64

    package let count: Int
    package let pointer: UnsafeMutablePointer<Float>
    /// Keeps memory alive that is not the buffer's own; nil where it is.
    private let owner: AnyObject?

    /// A buffer of zeros.
    package init(count: Int) {
        precondition(count >= 0, "a buffer cannot hold \(count) elements")
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        // Large pages spare the processor many a look into the page table.
        let largePage = 2 << 20
        let isLarge = bytes >= largePage
        var place: UnsafeMutableRawPointer?
        guard posix_memalign(&place, isLarge ? largePage : Self.alignment, bytes) == 0, let memory = place else {
            TrapMessage.trap("out of memory: a buffer of \(bytes) bytes was asked for")
        }
        if isLarge { ls_prefer_large_pages(memory, bytes) }
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        self.count = count
        pointer = memory.assumingMemoryBound(to: Float.self)
        owner = nil
    }

    /// A buffer in memory that another object keeps.
    package init(_ pointer: UnsafeMutablePointer<Float>, count: Int, keptBy owner: AnyObject) {
        precondition(UInt(bitPattern: pointer) % UInt(Self.alignment) == 0, "a buffer begins on a cache line")
        self.count = count
        self.pointer = pointer
        self.owner = owner
    }

    deinit { if owner == nil { free(pointer) } }

    /// The smallest multiple of the alignment, in elements, that holds `count` elements.
    package static func aligned(_ count: Int) -> Int {
        let unit = alignment / MemoryLayout<Float>.stride
        return (count + unit - 1) / unit * unit
    }
}
