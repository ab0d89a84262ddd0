/**
 * A member of an object that a framework made. Express gives each request another prototype, and V8 shares no hidden
 * class of such objects: a read that names its member, as `request.route` does, looks it up in C++ each time. Where one
 * place reads members of many names, V8 looks through the object itself, which takes a fifth of that time.
 */
export function member<T, Name extends keyof T>(object: T, name: Name): T[Name] {
  return object[name];
}
