/*
 * A PKCS#11 library that forwards to another one and misbehaves on command. For tests of what happens when an HSM goes.
 * Built with -DREAL_MODULE="…" -DCONTROL_FILE="…". While the control file exists, each of its lines is an order:
 *
 *   C_Sign 50       the function answers this CKR value (50 is CKR_DEVICE_REMOVED) instead of being called
 *   * 50            all forwarded functions do
 *   C_Sign:51 5     only for an input of 51 octets
 *   C_CreateObject:3 5  only for objects of this class (3 is CKO_PRIVATE_KEY)
 *   C_Sign hang     the call does not return while the order stands
 *   C_Sign corrupt  the call is made, and one bit of its output is flipped
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pkcs11.h"

#define HANG ((CK_RV)-1)
#define CORRUPT ((CK_RV)-2)

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST faulty;

static CK_RV ordered(const char *function) {
  FILE *file = fopen(CONTROL_FILE, "r");
  char name[64], what[64];
  CK_RV order = CKR_OK;
  if (file == NULL) return CKR_OK;
  while (fscanf(file, "%63s %63s", name, what) == 2) {
    if (strcmp(name, "*") != 0 && strcmp(name, function) != 0) continue;
    order = !strcmp(what, "hang") ? HANG : !strcmp(what, "corrupt") ? CORRUPT : strtoul(what, NULL, 10);
  }
  fclose(file);
  return order;
}

static CK_RV fault(const char *function) {
  CK_RV order;
  while ((order = ordered(function)) == HANG) usleep(5000);
  return order;
}

#define FORWARD(name, parameters, arguments)                   \
  static CK_RV name##_faulty parameters {                      \
    CK_RV rv = fault(#name);                                   \
    return rv == CKR_OK || rv == CORRUPT ? real->name arguments : rv; \
  }

FORWARD(C_GetSlotList, (CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR count), (present, list, count))
FORWARD(C_GetTokenInfo, (CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info), (slot, info))
FORWARD(C_OpenSession, (CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR app, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session), (slot, flags, app, notify, session))
FORWARD(C_GetSessionInfo, (CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info), (session, info))
FORWARD(C_Login, (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length), (session, user, pin, length))
FORWARD(C_DestroyObject, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object), (session, object))
FORWARD(C_SignInit, (CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key), (session, mechanism, key))
FORWARD(C_WrapKey, (CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key, CK_BYTE_PTR out, CK_ULONG_PTR length), (session, mechanism, wrapping, key, out, length))
FORWARD(C_UnwrapKey, (CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE unwrapping, CK_BYTE_PTR in, CK_ULONG length, CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR key), (session, mechanism, unwrapping, in, length, template, count, key))

static CK_RV C_CreateObject_faulty(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR object) {
  char classed[64] = "";
  for (CK_ULONG i = 0; i < count; i++)
    if (template[i].type == CKA_CLASS) snprintf(classed, sizeof classed, "C_CreateObject:%lu", *(CK_ULONG *)template[i].pValue);
  CK_RV order = fault("C_CreateObject");
  if (order == CKR_OK) order = fault(classed);
  return order == CKR_OK ? real->C_CreateObject(session, template, count, object) : order;
}

static CK_RV C_Sign_faulty(CK_SESSION_HANDLE session, CK_BYTE_PTR in, CK_ULONG in_length, CK_BYTE_PTR out, CK_ULONG_PTR out_length) {
  char sized[64];
  snprintf(sized, sizeof sized, "C_Sign:%lu", in_length);
  CK_RV order = fault("C_Sign");
  if (order == CKR_OK) order = fault(sized);
  if (order != CKR_OK && order != CORRUPT) return order;
  CK_RV rv = real->C_Sign(session, in, in_length, out, out_length);
  if (rv == CKR_OK && order == CORRUPT && out != NULL) out[*out_length / 2] ^= 1;
  return rv;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  if (real == NULL) {
    void *library = dlopen(REAL_MODULE, RTLD_NOW);
    CK_RV (*get)(CK_FUNCTION_LIST_PTR_PTR) = library == NULL ? NULL : dlsym(library, "C_GetFunctionList");
    if (get == NULL || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
    faulty = *real;
    faulty.C_GetSlotList = C_GetSlotList_faulty;
    faulty.C_GetTokenInfo = C_GetTokenInfo_faulty;
    faulty.C_OpenSession = C_OpenSession_faulty;
    faulty.C_GetSessionInfo = C_GetSessionInfo_faulty;
    faulty.C_Login = C_Login_faulty;
    faulty.C_CreateObject = C_CreateObject_faulty;
    faulty.C_DestroyObject = C_DestroyObject_faulty;
    faulty.C_SignInit = C_SignInit_faulty;
    faulty.C_Sign = C_Sign_faulty;
    faulty.C_WrapKey = C_WrapKey_faulty;
    faulty.C_UnwrapKey = C_UnwrapKey_faulty;
  }
  *list = &faulty;
  return CKR_OK;
}
