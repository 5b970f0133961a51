/* The one function of Windows' library of this name that programs in Rust import: random bytes. Here
 * they come from an older library, which Wine has always had. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T count)
{
    const SIZE_T most = 1 << 20;
    while (count > 0) {
        ULONG now = (ULONG)(count < most ? count : most);
        if (!RtlGenRandom(bytes, now))
            return FALSE;
        bytes += now;
        count -= now;
    }
    return TRUE;
}
