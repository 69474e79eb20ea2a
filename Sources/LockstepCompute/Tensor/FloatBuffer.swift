import CKernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A contiguous block of floats, aligned to 64 bytes: the size of a cache line and of the widest vector.
///
/// It is Sendable because the threads of a crew and the tensors that view it share it on purpose. While one thread
/// writes a part, no other thread may access that part.
package final class FloatBuffer: @unchecked Sendable {
    package static let alignment = 64

    package let count: Int
    package let pointer: UnsafeMutablePointer<Float>
    /// The object that keeps the memory alive; nil if the buffer owns its memory.
    private let owner: AnyObject?
    /// The strings of a buffer of text, one for each element; else empty.
    let texts: [String]

    /// A buffer of text. Its numbers are zeros, so that nothing that reads them leaves the memory.
    convenience init(texts: [String]) { self.init(count: texts.count, texts: texts) }

    /// A buffer of zeros.
    package convenience init(count: Int) { self.init(count: count, texts: []) }

    private init(count: Int, texts: [String]) {
        precondition(count >= 0, "a buffer cannot hold \(count) elements")
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        // Large pages save the processor many page table lookups.
        let largePage = 2 << 20
        let isLarge = bytes >= largePage
        var place: UnsafeMutableRawPointer?
        guard posix_memalign(&place, isLarge ? largePage : Self.alignment, bytes) == 0, let memory = place else {
            TrapMessage.trap("out of memory: a buffer of \(bytes) bytes was asked for")
        }
        if isLarge { ls_prefer_large_pages(memory, bytes) }
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        self.texts = texts
        self.count = count
        pointer = memory.assumingMemoryBound(to: Float.self)
        owner = nil
    }

    /// A buffer in memory that another object owns.
    package init(_ pointer: UnsafeMutablePointer<Float>, count: Int, keptBy owner: AnyObject) {
        precondition(UInt(bitPattern: pointer) % UInt(Self.alignment) == 0, "a buffer begins on a cache line")
        texts = []
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
