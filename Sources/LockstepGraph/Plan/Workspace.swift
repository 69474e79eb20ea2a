import LockstepCompute

/// The memory that plans use in turn. It is as large as the largest plan needs.
final class Workspace {
    private(set) var memory = FloatBuffer(count: 0)

    /// Makes room for a number of elements and no more. Plans must be made again. Those that still exist keep their own
    /// memory.
    func resize(to count: Int) {
        memory = FloatBuffer(count: 0)
        memory = FloatBuffer(count: count)
    }

    /// Makes room for a number of elements. After that, plans in smaller memory must be made again.
    func reserve(_ count: Int) {
        if count > memory.count { memory = FloatBuffer(count: count) }
    }
}
