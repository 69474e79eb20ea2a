#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs a body on a thread of its own. It is not a task, because it may block.
@discardableResult
package func startThread(_ body: @escaping () -> Void) -> pthread_t {
    final class Start {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }
    let argument = Unmanaged.passRetained(Start(body)).toOpaque()
    #if canImport(Glibc)
        var thread = pthread_t()
    #else
        var thread: pthread_t!
    #endif
    let status = pthread_create(
        &thread, nil,
        { argument in
            #if canImport(Glibc)
                Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().body()
            #else
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
            #endif
            return nil
        }, argument)
    precondition(status == 0, "a thread could not be started")
    return thread
}

/// Waits for the end of a thread.
package func joinThread(_ thread: pthread_t) { pthread_join(thread, nil) }
