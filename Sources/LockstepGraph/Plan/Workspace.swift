import LockstepCompute

/// The memory that the plans of networks use in turn, as large as the largest needs.
final class Workspace {
    private(set) var memory = FloatBuffer(count: 0)

    /// Makes room for a number of elements. Plans that lie in another memory than this are to be made anew.
    func reserve(_ count: Int) {
        if count > memory.count { memory = FloatBuffer(count: count) }
    }
}
