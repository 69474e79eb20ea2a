#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A mutex with a condition, for threads that wait for one another.
final class Condition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        #if canImport(Glibc)
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        #else
            pthread_cond_init(condition, nil)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func locked<Result>(_ body: () throws(ClusterError) -> Result) throws(ClusterError) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Only while locked.
    func wait() { pthread_cond_wait(condition, mutex) }

    /// Only while locked. Returns after some seconds at the latest.
    func wait(seconds: Double) {
        #if canImport(Glibc)
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            let end = Double(time.tv_nsec) * 1e-9 + seconds
            time.tv_sec += Int(end)
            time.tv_nsec = Int((end - end.rounded(.down)) * 1e9)
            pthread_cond_timedwait(condition, mutex, &time)
        #else
            var time = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
            pthread_cond_timedwait_relative_np(condition, mutex, &time)
        #endif
    }

    func wakeAll() { pthread_cond_broadcast(condition) }
}
